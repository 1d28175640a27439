"""Pages, cells and outputs as HTML: pure text, from values alone."""
