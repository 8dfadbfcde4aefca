"""What an answer may use is tried behind every kind of walls; where it is less than promised, grading is refused."""

from dataclasses import replace

import pytest

from graders.errors import LessThanPromised
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.walls import Walls, bare_walls, candidates
from graders.sandbox.selftest import abilities
from graders.sandbox.selftest.abilities import ABILITIES, Ability, refuse_less_than_promised, try_abilities

KINDS: dict[str, Walls] = {
    "the strongest": candidates()[0],
    "without namespaces for each attempt": replace(candidates()[0], nested=False),
    "without bubblewrap": bare_walls(),
    "as the person who grades": Walls(None, None, nested=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_promised_works_behind_every_kind_of_walls(kind: str) -> None:
    """Packages, pools, DataLoader workers, shared memory, threads, modules written by a cell."""
    with Sandbox(None, None, walls=KINDS[kind]) as sandbox:
        found = try_abilities(sandbox)
        assert {name: fault for name, fault in found.items() if fault} == {}
        assert {"the package numpy", "the package torch", *(ability.name for ability in ABILITIES)} <= set(found)


def test_less_than_promised_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is missing, before the first student."""
    with Sandbox(None, None, packages=("numpy", "no-such-package>=2")) as sandbox:
        with pytest.raises(LessThanPromised, match="no-such-package is not installed"):
            refuse_less_than_promised(sandbox)
        sandbox.packages = ("numpy",)
        refuse_less_than_promised(sandbox)
        monkeypatch.setattr(abilities, "ABILITIES", (Ability("miracles", "1 / 0"),))
        with pytest.raises(LessThanPromised, match=r"miracles does not work \(This cell raised ZeroDivisionError"):
            refuse_less_than_promised(sandbox)
