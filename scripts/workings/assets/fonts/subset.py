"""Make the site's math font from STIX Two Math: `python subset.py STIXTwoMath-Regular.ttf`.

The source is STIX Two Math 2.11 as the Python package `ziamath` 0.13 ships it in `ziamath/fonts/` (the web fonts of
others lack the features for script sizes). Needed are `fonttools` and `brotli`; the licence is in OFL.txt.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

TEXT = (
    (0x20, 0x7E),
    (0xA0, 0xFF),
    (0x2002, 0x200A),
    (0x2010, 0x2026),
    (0x2C6, 0x2C7),
    (0x2D8, 0x2DD),
    (0x131, 0x131),
    (0x237, 0x237),
)
ACCENTS = ((0x300, 0x30C), (0x332, 0x332), (0x338, 0x338), (0x203E, 0x203E), (0x20D6, 0x20D7), (0x20DB, 0x20DC))
PRIMES = ((0x2032, 0x2037), (0x2057, 0x2057))
GREEK = ((0x391, 0x3C9), (0x3D1, 0x3D1), (0x3D5, 0x3D6), (0x3F0, 0x3F1), (0x3F5, 0x3F5))
LETTERS = ((0x210A, 0x2113), (0x2115, 0x2115), (0x2118, 0x211D), (0x2124, 0x2124), (0x2127, 0x2138), (0x1D7D8, 0x1D7E1))
ITALIC = ((0x1D434, 0x1D467), (0x1D6A4, 0x1D6A5), (0x1D6E2, 0x1D71B))
BOLD = ((0x1D400, 0x1D433), (0x1D468, 0x1D49B), (0x1D6A8, 0x1D6E1), (0x1D71C, 0x1D755), (0x1D7CE, 0x1D7D7))
SCRIPT_DOUBLE_SANS_MONO = ((0x1D49C, 0x1D4CF), (0x1D538, 0x1D551), (0x1D5A0, 0x1D5B9), (0x1D670, 0x1D6A3))
ARROWS = ((0x2190, 0x2199), (0x219D, 0x21A0), (0x21A2, 0x21AA), (0x21BC, 0x21D5), (0x27F5, 0x27FC))
OPERATORS = ((0x2044, 0x2044), (0x2061, 0x2064), (0x2200, 0x22A8), (0x22B2, 0x22B5), (0x22BB, 0x22F1), (0xFE00, 0xFE00))
MORE_OPERATORS = ((0x25A0, 0x25A1), (0x25B3, 0x25B3), (0x25CB, 0x25CB), (0x2713, 0x2713), (0x2A00, 0x2A06))
RELATIONS = ((0x2A7D, 0x2A7E), (0x2AAF, 0x2AB0), (0x2254, 0x2255), (0x25C6, 0x25C7), (0x22A9, 0x22A9))
DELIMITERS = ((0x2308, 0x230B), (0x23B0, 0x23B1), (0x23DC, 0x23E1), (0x27E6, 0x27EB))

SMALL = ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), *PRIMES, *GREEK, *ITALIC, (0x22A4, 0x22A4), (0x2212, 0x2212))
"""What has a form of its own in exponents and indices."""
RADICAL = 900
"""The width of all radicals, in thousandths of the font size; the smallest has 794."""
ALL = (
    *(*TEXT, *ACCENTS, *PRIMES, *GREEK, *LETTERS, *ITALIC, *BOLD, *SCRIPT_DOUBLE_SANS_MONO),
    *(*ARROWS, *OPERATORS, *MORE_OPERATORS, *RELATIONS, *DELIMITERS),
)


def codes(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """Every character of some ranges."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def keep_small_forms(font: TTFont) -> None:
    """Leave the forms for script sizes (`ssty`) only to the signs that stand in exponents and indices."""
    kept = {name for code, name in font.getBestCmap().items() if code in codes(SMALL)}
    table = font["GSUB"].table
    features = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "ssty"]
    for lookup in {index for feature in features for index in feature.LookupListIndex}:
        for part in table.LookupList.Lookup[lookup].SubTable:
            forms = getattr(part, "ExtSubTable", part)
            forms.alternates = {name: small for name, small in forms.alternates.items() if name in kept}


def mend_radicals(font: TTFont) -> None:
    """Make tall radicals as narrow as the small one: Chromium keeps free the width of the widest for every root."""
    table, glyphs, widths = font["MATH"].table.MathVariants, font["glyf"], font["hmtx"]
    name = font.getBestCmap()[0x221A]
    tall = table.VertGlyphConstruction[table.VertGlyphCoverage.glyphs.index(name)]
    parts = {part.glyph for part in tall.GlyphAssembly.PartRecords}
    for one in {record.VariantGlyph for record in tall.MathGlyphVariantRecord} | parts:
        width, bearing = widths[one]
        factor = min(1, RADICAL / width)
        glyph = glyphs[one]
        glyph.coordinates.scale((factor, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(glyphs)
        widths[one] = (round(width * factor), round(bearing * factor))


def mend_arrows(font: TTFont) -> None:
    """Let right arrows stretch: their heads say that they join at the tip."""
    for tall in font["MATH"].table.MathVariants.HorizGlyphConstruction:
        parts = tall.GlyphAssembly.PartRecords if tall.GlyphAssembly else []
        if len(parts) > 1 and not parts[-1].StartConnectorLength:
            last = parts[-1]
            last.StartConnectorLength, last.EndConnectorLength = last.EndConnectorLength, 0


def mend_accents(font: TTFont) -> None:
    """Give the arrow of a vector a width, by which Chromium centres it, and accents and roots more air below."""
    math, name = font["MATH"].table, font.getBestCmap()[0x20D7]
    math.MathConstants.AccentBaseHeight.Value -= 40
    math.MathConstants.RadicalVerticalGap.Value += 100
    glyph, attached = font["glyf"][name], math.MathGlyphInfo.MathTopAccentAttachment
    attached.TopAccentAttachment[attached.TopAccentCoverage.glyphs.index(name)].Value -= glyph.xMin
    glyph.coordinates.translate((-glyph.xMin, 0))
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (glyph.xMax, 0)
    font["GDEF"].table.GlyphClassDef.classDefs[name] = 1


def mend_features(font: TTFont) -> None:
    """Offer the features of math to all scripts: browsers take Latin letters in a formula for Latin text."""
    table = font["GSUB"].table
    math = [i for i, one in enumerate(table.FeatureList.FeatureRecord) if one.FeatureTag in {"ssty", "dtls", "flac"}]
    for record in table.ScriptList.ScriptRecord:
        for system in (record.Script.DefaultLangSys, *(one.LangSys for one in record.Script.LangSysRecord)):
            system.FeatureIndex = sorted({*system.FeatureIndex, *math})
            system.FeatureCount = len(system.FeatureIndex)


def subset(source: str, target: Path) -> None:
    """Write the part of the font that lessons use, with the variants and parts of its stretching signs."""
    options = Options(layout_features=["ssty", "dtls", "flac", "ccmp"], flavor="woff2", hinting=False)
    options.drop_tables += ["GPOS", "DSIG"]
    font = load_font(source, options)
    for mend in (keep_small_forms, mend_radicals, mend_arrows, mend_accents, mend_features):
        mend(font)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes(ALL))
    subsetter.subset(font)
    save_font(font, str(target), options)


if __name__ == "__main__":
    subset(sys.argv[1], Path(__file__).with_name("stix-two-math.woff2"))
