"""Finds the activities and workflows of a digital worker in its modules."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from temporalio import activity, workflow

from rpafabrik import errors
from rpafabrik_api import contract

RESERVED_PREFIX = "rpafabrik."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a digital worker can do, by name."""

    activities: dict[str, Callable[..., Any]]
    workflows: dict[str, type]

    @property
    def catalogue(self) -> contract.Catalogue:
        """The names, for the platform to check a job against."""
        return contract.Catalogue(
            activities=tuple(sorted(self.activities)),
            workflows=tuple(sorted(self.workflows)),
            chunks=True,
        )


def discover(modules: Sequence[str]) -> Found:
    """Import the modules, a package with all that is in it, and collect what they hold."""
    found = Found(activities={}, workflows={})
    for name in modules:
        held = [_collect(module, found) for module in _imported(name)]
        if not any(held):
            raise errors.StartError(
                f"module {name} must hold a function decorated with temporalio's @activity.defn"
            )
    return found


def _imported(name: str) -> Iterator[ModuleType]:
    module = _import(name)
    yield module
    for inner in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
        if not inner.name.endswith(".__main__"):
            yield _import(inner.name)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except SystemExit as error:
        raise errors.StartError(
            f"module {name} must not end the program when it is imported: SystemExit: {error}"
        ) from error
    except Exception as error:
        raise errors.StartError(
            f"module {name} cannot be imported: {type(error).__name__}: {error}; "
            "it must be importable from the working directory or an installed package"
        ) from error


def _collect(module: ModuleType, found: Found) -> bool:
    """Add what the module holds; say whether it holds anything."""
    holds = False
    for value in vars(module).values():
        if inspect.isfunction(value) and (name := _activity_name(value)):
            _add(found.activities, name, value, module)
            holds = True
        elif inspect.isclass(value) and (name := _workflow_name(value)):
            _add(found.workflows, name, value, module)
            holds = True
    return holds


def _add(known: dict[str, Any], name: str, value: Any, module: ModuleType) -> None:
    if name.startswith(RESERVED_PREFIX):
        raise errors.StartError(
            f"{name} in module {module.__name__} must have another name: "
            f"names that start with {RESERVED_PREFIX} are the platform's"
        )
    other = known.setdefault(name, value)
    if other is not value:
        raise errors.StartError(
            f"{name} in module {module.__name__} must have another name: "
            f"module {other.__module__} has one too"
        )


def _activity_name(function: Callable[..., Any]) -> str | None:
    definition = activity._Definition.from_callable(function)  # noqa: SLF001 - no public way
    return definition.name if definition else None


def _workflow_name(cls: type) -> str | None:
    definition = workflow._Definition.from_class(cls)  # noqa: SLF001 - no public way
    return definition.name if definition else None
