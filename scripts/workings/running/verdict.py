"""What to make of the exception that ended a cell, or of none."""

from workings.outputs import Failure
from workings.page import Cell


def announced(error: BaseException, cell: Cell) -> bool:
    """Whether the error is the one that the author said would come."""
    names = {kind.__name__ for kind in type(error).__mro__}
    names |= {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return cell.must_fail and (cell.options.raises is None or cell.options.raises in names)


def nothing_raised(cell: Cell) -> Failure:
    """The failure of a cell that was to fail and did not."""
    expected = cell.options.raises or "an exception"
    message = f"this cell was announced to raise {expected}, and it raised nothing: mend the cell, or remove the option"
    return Failure(name="NothingRaised", message=message, place=cell.place, reason="no-failure")
