"""What every board has: an address that stays, variables, links to the others, and a layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard

from rpafabrik_api import telemetry
from rpafabrik_dashboards import panels, queries

RUNBOOKS = "docs/runbooks"
"""Stands for where people can read these pages; the chart puts `metrics.rules.runbooks` there."""

TAG = "rpafabrik"
_WIDTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Panels under a heading; those of the first section need none."""

    heading: str = ""
    panels: tuple[dashboard.Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board. Its uid is in people's bookmarks and never changes."""

    uid: str
    title: str
    description: str
    since: str
    variables: tuple[dashboard.VariableModel, ...] = ()
    sections: tuple[Section, ...]

    def build(self) -> dashboard.Dashboard:
        """Make it as Grafana reads it, in the classic model, which every way of shipping takes."""
        return dashboard.Dashboard(
            uid=self.uid,
            title=self.title,
            description=self.description,
            tags=[TAG],
            editable=False,
            graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
            time=dashboard.DashboardDashboardTime(self.since, "now"),
            refresh="1m",
            week_start="monday",
            templating=dashboard.DashboardDashboardTemplating(
                [_datasource(), *self.variables, _runbooks()]
            ),
            links=[_others()],
            panels=list(_placed(self.sections)),
        )


def choosers(of: telemetry.Metric) -> tuple[dashboard.VariableModel, ...]:
    """Let people choose departments, and processes in them, of all that a metric tells of."""
    return (
        _chooser("department", "Förvaltning", of.name),
        _chooser("job", "Process", f"{of.name}{{{queries.CHOSEN_DEPARTMENT}}}"),
    )


def _chooser(name: str, label: str, of: str) -> dashboard.VariableModel:
    query = f"label_values({of}, {name})"
    return dashboard.VariableModel(
        dashboard.VariableType.QUERY,
        name,
        label,
        query={
            "qryType": 1,
            "query": query,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        definition=query,
        datasource=panels.DATASOURCE,
        refresh=dashboard.VariableRefresh.ON_DASHBOARD_LOAD,
        sort=dashboard.VariableSort.ALPHABETICAL_ASC,
        multi=True,
        include_all=True,
        all_value=".*",
        current=dashboard.VariableOption(selected=True, text=["Alla"], value=["$__all"]),
    )


def _datasource() -> dashboard.VariableModel:
    return dashboard.VariableModel(
        dashboard.VariableType.DATASOURCE, "datasource", "Datakälla", query="prometheus"
    )


def _runbooks() -> dashboard.VariableModel:
    hidden = dashboard.VariableHide.HIDE_VARIABLE
    return dashboard.VariableModel(
        dashboard.VariableType.CONSTANT, "runbooks", "Körböcker", hidden, query=RUNBOOKS
    )


def _others() -> dashboard.DashboardLink:
    kind = dashboard.DashboardLinkType.DASHBOARDS
    return dashboard.DashboardLink("RPA-fabriken", kind, tags=[TAG], keep_time=False)


def _placed(sections: Sequence[Section]) -> Iterator[dashboard.Panel | dashboard.RowPanel]:
    """Set the panels from left to right, and further down where they do not fit."""
    number, top = 0, 0
    for section in sections:
        if section.heading:
            number += 1
            place = dashboard.GridPos(h=1, w=_WIDTH, x=0, y=top)
            yield dashboard.RowPanel(title=section.heading, grid_pos=place, id_val=number)
            top += 1
        left, height = 0, 0
        for panel in section.panels:
            number += 1
            place = panel.grid_pos or dashboard.GridPos()
            if left + place.w > _WIDTH:
                left, top, height = 0, top + height, 0
            panel.id_val, panel.grid_pos = number, dashboard.GridPos(place.h, place.w, left, top)
            left, height = left + place.w, max(height, place.h)
            yield panel
        top += height
