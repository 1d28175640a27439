"""From a cell upwards: the statements that it depends on."""

from collections.abc import Sequence

from workings.standalone.effects import Effect
from workings.standalone.known import NEVER_SHADOWED
from workings.standalone.looking import Step
from workings.standalone.objects import Obj


class Wanted:
    """What a cell needs of the statements above the point that has been come to."""

    def __init__(self) -> None:
        """Begin below the cell, where nothing is needed."""
        self.names: set[str] = set()
        self.things: set[Obj] = set()
        self.everything = False

    def has_use_for(self, step: Step) -> bool:
        """Whether a statement gives or changes something that is needed."""
        effect = step.effect
        if self.everything:
            return True
        if effect.again:
            return False
        if effect.star and self.names - NEVER_SHADOWED:
            return True
        if effect.opaque:
            return bool(self.names - NEVER_SHADOWED) or any(not obj.is_own for obj in self.things)
        given = effect.binds - (effect.forgets & effect.kills)
        return not (self.names.isdisjoint(given) and self.things.isdisjoint(effect.writes))

    def pass_over(self, step: Step) -> bool:
        """Go above a statement that is not taken; say whether it deletes a name that is asked for below it."""
        gone = self.names & step.effect.forgets & step.effect.kills
        self.names -= gone
        return bool(gone)

    def take(self, step: Step) -> None:
        """Go above a statement that is taken, and need what it needs."""
        effect = step.effect
        self.names = (self.names - effect.kills) | effect.reads
        self.things = (self.things - effect.settles) | effect.demands
        self.everything = self.everything or effect.opaque


def needed(above: Sequence[Step], own: Sequence[Step], end: Effect) -> list[Step]:
    """The steps above a cell that it depends on, in the order of the page; `end` is what its functions will need."""
    wanted = Wanted()
    wanted.names, wanted.things = set(end.reads), set(end.demands)
    for step in reversed(own):
        wanted.take(step)
    taken: list[Step] = []
    deletions: list[Step] = []
    for step in reversed(above):
        if wanted.has_use_for(step):
            wanted.take(step)
            undone = [deletion for deletion in deletions if deletion.effect.forgets & step.effect.binds]
            taken += [*undone, step]
            deletions = [deletion for deletion in deletions if deletion not in undone]
        elif wanted.pass_over(step):
            deletions.append(step)
    order = {step: index for index, step in enumerate(above)}
    return sorted(taken, key=lambda step: order[step])
