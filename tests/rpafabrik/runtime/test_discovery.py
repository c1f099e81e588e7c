"""What a digital worker's modules give, and what is said when they cannot be used."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rpafabrik import errors
from rpafabrik.runtime import discovery
from rpafabrik_api import contract

HEAD = "from temporalio import activity, workflow\n"
ONE = HEAD + "@activity.defn\ndef renew(x: int) -> int: return x\n"

Write = Callable[[dict[str, str]], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.syspath_prepend(tmp_path)

    def write_modules(modules: dict[str, str]) -> None:
        for name, text in modules.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    return write_modules


def test_activities_and_workflows_are_found_under_their_own_names(write: Write) -> None:
    write(
        {
            "found_all": HEAD
            + """
@activity.defn(name="renew-loan")
def renew(x: int) -> int: return x

@activity.defn
async def remind(x: int) -> int: return x

def plain(x: int) -> int: return x

@workflow.defn
class Lending:
    @workflow.run
    async def run(self) -> None: ...
"""
        }
    )

    assert discovery.discover(("found_all",)).catalogue == contract.Catalogue(
        activities=("remind", "renew-loan"), workflows=("Lending",), chunks=True
    )


def test_package_stands_for_all_its_modules_but_main(write: Write) -> None:
    write(
        {
            "found_pack/__init__": "",
            "found_pack/loans": ONE,
            "found_pack/__main__": "raise AssertionError('must not be imported')",
        }
    )

    assert discovery.discover(("found_pack",)).catalogue.activities == ("renew",)


def test_activity_imported_into_another_module_is_one_activity(write: Write) -> None:
    write({"found_origin": ONE, "found_user": "from found_origin import renew\n"})

    assert discovery.discover(("found_user",)).catalogue.activities == ("renew",)


def refusal(*modules: str) -> str:
    with pytest.raises(errors.StartError) as refused:
        discovery.discover(modules)
    return str(refused.value)


def test_module_that_is_not_there_is_told() -> None:
    assert refusal("no_such_module") == (
        "module no_such_module cannot be imported: ModuleNotFoundError: "
        "No module named 'no_such_module'; "
        "it must be importable from the working directory or an installed package"
    )


def test_module_that_fails_inside_a_package_is_told_with_its_reason(write: Write) -> None:
    write({"broken_pack/__init__": "", "broken_pack/loans": "import no_such_library"})

    assert "module broken_pack.loans cannot be imported: ModuleNotFoundError" in refusal(
        "broken_pack"
    )


@pytest.mark.parametrize(("name", "code"), [("exits_well", 0), ("exits_badly", 2)])
def test_module_that_exits_is_told(write: Write, name: str, code: int) -> None:
    write({name: f"import sys\n{ONE}sys.exit({code})\n"})

    assert refusal(name) == (
        f"module {name} must not end the program when it is imported: SystemExit: {code}"
    )


def test_module_without_activities_is_told(write: Write) -> None:
    write({"found_none": "def renew(): ..."})

    assert refusal("found_none") == (
        "module found_none must hold a function decorated with temporalio's @activity.defn"
    )


def test_two_activities_of_one_name_are_told(write: Write) -> None:
    write({"found_first": ONE, "found_second": ONE})

    assert refusal("found_first", "found_second") == (
        "renew in module found_second must have another name: module found_first has one too"
    )


def test_names_of_the_platform_are_refused(write: Write) -> None:
    name = contract.CATALOGUE_ACTIVITY
    write({"found_taken": ONE.replace("defn", f"defn(name={name!r})")})

    assert refusal("found_taken") == (
        "rpafabrik.catalogue in module found_taken must have another name: "
        "names that start with rpafabrik. are the platform's"
    )
