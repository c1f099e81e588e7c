"""JobRun: one run of a WorkerJob, on demand."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rpafabrik_api import fields, model, resource, workerjob


class JobRef(model.Model):
    """A WorkerJob in the same namespace."""

    name: fields.ResourceName
    """Its name."""


class RunPurpose(StrEnum):
    """Why somebody runs a job."""

    ON_DEMAND = "OnDemand"
    BACKFILL = "Backfill"
    SHADOW = "Shadow"
    DRY_RUN = "DryRun"


class JobRunSpec(model.Model):
    """What is wanted."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "self.jobRef == oldSelf.jobRef && self.purpose == oldSelf.purpose"
            " && has(self.input) == has(oldSelf.input)"
            " && (!has(self.input) || self.input == oldSelf.input)",
            "jobRef, purpose and input must stay as they are; a new run is a new JobRun",
        ),
    )

    job_ref: JobRef
    """The job to run."""
    purpose: RunPurpose = RunPurpose.ON_DEMAND
    """OnDemand; Backfill (to catch up); or a trial, which leaves no item done and saves nothing:
    Shadow (beside people who do the work) or DryRun. Activities see it, and leave out writes."""
    input: fields.Input | None = None
    """Laid over the job's own input, field by field."""
    deletion_policy: workerjob.DeletionPolicy = workerjob.DeletionPolicy.DRAIN
    """Drain (the run finishes), Terminate (it is ended) or Orphan (it is left in Temporal)."""
    deletion_timeout_seconds: fields.Seconds = 3_600
    """How long Drain waits before it terminates."""


class JobRunStatus(workerjob.RunStatus):
    """What is."""

    observed_generation: fields.Amount = 0
    """The metadata.generation that this status speaks of."""
    conditions: resource.Conditions = ()
    listed: Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})] = 0
    """Items that the source has given so far."""


class JobRun(resource.Resource):
    """One run of a WorkerJob: started when it is applied, and ended once."""

    definition: ClassVar[resource.Definition] = resource.Definition(
        kind="JobRun",
        plural="jobruns",
        short_names=("jr",),
        columns=(
            resource.Column("Job", ".spec.jobRef.name"),
            resource.Column("Succeeded", '.status.conditions[?(@.type=="Succeeded")].status'),
            resource.Column("Reason", '.status.conditions[?(@.type=="Succeeded")].reason'),
            resource.Column("Items", ".status.items.total", "integer"),
            resource.Column("Completed", ".status.items.completed", "integer"),
            resource.Column("Exceptions", ".status.items.businessExceptions", "integer"),
            resource.Column("Errors", ".status.items.applicationExceptions", "integer"),
            resource.Column("Saved Hours", ".status.saved.hours"),
            resource.Column("Purpose", ".spec.purpose", wide=True),
            resource.Column("Finished", ".status.completionTime", "date", wide=True),
            resource.Column("Age", ".metadata.creationTimestamp", "date"),
        ),
    )

    kind: Literal["JobRun"] = "JobRun"
    spec: JobRunSpec
    status: JobRunStatus = JobRunStatus()
