"""What handlers are given, by the names of their parameters."""

from __future__ import annotations

from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from graders.web.desk import MarkingDesk
from graders.web.identity import SignedIn

TheDesk = NamedDependency[MarkingDesk]
ThePerson = NamedDependency[SignedIn]
TheForm = NamedDependency[FormMultiDict]
InPath = FromPath[str]
