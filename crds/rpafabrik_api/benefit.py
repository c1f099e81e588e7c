"""The benefit of a job: what it took by hand, and what is hoped for (DESIGN §6)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from rpafabrik_api import contract, fields, model


class BaselineSource(StrEnum):
    """How a baseline came about."""

    MEASURED = "Measured"
    ESTIMATED = "Estimated"


class Baseline(model.Model):
    """What the work took by hand: `per` items, units, runs or periods took `manualSeconds`."""

    valid_from: date
    """First day that the baseline counts; it holds until the next one's."""
    manual_seconds: Annotated[
        int, Field(ge=1, le=10_000_000_000, json_schema_extra={"format": "int64"})
    ]
    """Seconds of work by hand, as a time study or a year's figures give them."""
    per: Annotated[int, Field(ge=1, le=1_000_000_000, json_schema_extra={"format": "int64"})] = 1
    """How many items, units, runs or periods those seconds were for."""
    source: BaselineSource = BaselineSource.MEASURED
    """Measured (a time study) or Estimated."""
    approved_by: fields.Text
    """The role that answers for the figure."""


class Targets(model.Model):
    """The benefit estimate, made before automation started."""

    hours_per_year: fields.Count | None = None
    """Hours to be freed in a year."""
    automation_rate_percent: Annotated[
        int | None, Field(ge=0, le=100, json_schema_extra={"format": "int32"})
    ] = None
    """Items completed without a person, of all eligible, in percent."""
    lead_time_seconds: fields.Seconds | None = None
    """From an item's arrival to its outcome."""


class Benefit(model.Model):
    """How saved time is counted."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "(self.basis == 'PerUnit') == has(self.unit)",
            "unit must be given when basis is PerUnit, and only then",
        ),
        model.Rule(
            "(self.basis == 'PerPeriod') == has(self.period)",
            "period must be given when basis is PerPeriod, and only then",
        ),
    )

    basis: contract.Basis
    """PerItem: every completed item counts. PerUnit: every distinct unit of a successful run.
    PerRun: every successful run. PerPeriod: every period in which a run succeeded."""
    benefit_class: Annotated[contract.BenefitClass, Field(alias="class")] = (
        contract.BenefitClass.YELLOW
    )
    """Green (money), Yellow (freed time) or Red (quality)."""
    unit: fields.Expression | None = None
    """CEL over `item`: what a unit is, for PerUnit. Example: item.centre"""
    period: contract.Period | None = None
    """Day, Week (ISO 8601) or Month, in the time zone of the schedule, for PerPeriod."""
    baselines: Annotated[
        tuple[Baseline, ...],
        Field(min_length=1, max_length=50, json_schema_extra=model.listed_by("validFrom")),
    ]
    """Baselines by date; the one valid on the day of completion counts."""
    targets: Targets | None = None
    """What is hoped for."""
