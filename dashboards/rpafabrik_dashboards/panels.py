"""How Grafana draws a figure: the kinds of panels that the boards are made of, in one style."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import (
    barchart,
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)

from rpafabrik_dashboards.figures import Colour, Column, Figure, Query, Scale, Word

DATASOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
_LEAST_WIDTH = 160
_DASH = "–"  # noqa: RUF001 # a dash, and no minus, is how Swedish writes that nothing is known
_TABLE = prometheus.PromQueryFormat.TABLE
_LAST = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")
_TOOLTIP = common.VizTooltipOptions(
    mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING
)
_LEGEND = common.VizLegendOptions(
    display_mode=common.LegendDisplayMode.LIST,
    placement=common.LegendPlacement.BOTTOM,
    show_legend=True,
    calcs=[],
)

_NOTHING = dashboard.SpecialValueMap(
    dashboard.DashboardSpecialValueMapOptions(
        dashboard.SpecialValueMatch.NULL, dashboard.ValueMappingResult(_DASH, Colour.PLAIN)
    )
)
"""Where nothing is known, no colour says that it is bad."""


def single(figure: Figure) -> dashboard.Panel:
    """Draw one large value."""
    colour = common.BigValueColorMode
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=colour.BACKGROUND if figure.scale.judges else colour.VALUE,
        text_mode=common.BigValueTextMode.VALUE,
        reduce_options=_LAST,
    )
    return _panel("stat", figure, _now(figure), options)


def ranking(figure: Figure) -> dashboard.Panel:
    """Draw a bar for each series, in the order that Prometheus gives."""
    options = bargauge.Options(
        display_mode=common.BarGaugeDisplayMode.BASIC,
        orientation=common.VizOrientation.HORIZONTAL,
        name_placement=common.BarGaugeNamePlacement.TOP,
        reduce_options=_LAST,
    )
    return _panel("bargauge", figure, _now(figure), options)


def bars(figure: Figure, by: Column, *, upright: bool = True) -> dashboard.Panel:
    """Draw a group of bars for each value of a label, with a bar for each query."""
    direction = common.VizOrientation
    options = barchart.Options(
        x_field=by.title,
        orientation=direction.VERTICAL if upright else direction.HORIZONTAL,
        show_value=common.VisibilityMode.AUTO,
        x_tick_label_spacing=60 if upright else 0,
        bar_width=0.9,
        group_width=0.8,
        legend=_LEGEND,
        tooltip=_TOOLTIP,
    )
    custom = barchart.FieldConfig(axis_soft_min=0, fill_opacity=85)
    panel = _panel("barchart", figure, _now(figure, _TABLE), options, custom)
    columns = [by, *(Column(source=str(at), title=q.name) for at, q in enumerate(figure.queries))]
    panel.transformations = _joined(figure, columns, sort=by.title)
    return panel


def lines(figure: Figure) -> dashboard.Panel:
    """Draw values over time."""
    options = timeseries.Options(legend=_LEGEND, tooltip=_TOOLTIP)
    custom = timeseries.FieldConfig(
        line_width=2,
        fill_opacity=10,
        show_points=common.VisibilityMode.NEVER,
        axis_soft_min=0,
    )
    return _panel("timeseries", figure, _over_time(figure), options, custom)


def states(figure: Figure) -> dashboard.Panel:
    """Draw how something was, as a band of colours over time."""
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        row_height=0.8,
        legend=_LEGEND,
        tooltip=_TOOLTIP,
    )
    custom = statetimeline.FieldConfig(fill_opacity=85)
    return _panel("state-timeline", figure, _over_time(figure), options, custom)


def rows(
    figure: Figure, columns: Sequence[Column], sort: str, *, rising: bool = False
) -> dashboard.Panel:
    """Draw a table of what the queries' answers have in common."""
    options = table.Options(
        cell_height=common.TableCellHeight.MD,
        sort_by=[common.TableSortByFieldState(display_name=sort, desc=not rising)],
    )
    panel = _panel("table", figure, _now(figure, _TABLE), options, {"filterable": False})
    panel.transformations = _joined(figure, columns, sort="")
    assert panel.field_config is not None  # noqa: S101 # for mypy: _panel gives one to each
    panel.field_config.overrides = [_override(one.title, _cell(one)) for one in columns]
    return panel


def words(figure: Figure, content: str) -> dashboard.Panel:
    """Draw a text in Markdown."""
    return _panel("text", figure, [], text.Options(text.TextMode.MARKDOWN, content=content))


def _panel(
    kind: str,
    figure: Figure,
    targets: Sequence[prometheus.Dataquery],
    options: object,
    custom: object = None,
) -> dashboard.Panel:
    fixed = [one for one in figure.queries if one.colour]
    defaults = _defaults(figure.scale)
    defaults.no_value, defaults.custom = figure.empty, custom
    modes = dashboard.FieldColorModeId
    defaults.color = dashboard.FieldColor(
        modes.PALETTE_CLASSIC if kind == "timeseries" else modes.THRESHOLDS
    )
    if kind == "bargauge":
        # Else the smallest value has no bar at all.
        defaults.min_val = 0
    return dashboard.Panel(
        type_val=kind,
        title=figure.title,
        description=figure.description,
        datasource=DATASOURCE if targets else None,
        targets=list(targets),
        grid_pos=dashboard.GridPos(w=figure.width, h=figure.height),
        links=[_link(runbook(figure.runbook))] if figure.runbook else [],
        options=options,
        field_config=dashboard.FieldConfigSource(
            defaults=defaults,
            overrides=[
                *(_override(one.name, [_property("color", _fixed(one.colour))]) for one in fixed),
                *(_override(one.value, _called(one)) for one in figure.series),
            ],
        ),
    )


def runbook(name: str) -> str:
    """Give the address of the page on what to do; `runbooks` is a constant of each board."""
    return f"${{runbooks}}/{name}.md"


def _link(url: str) -> dashboard.DashboardLink:
    kind = dashboard.DashboardLinkType.LINK
    return dashboard.DashboardLink("Gör så här", kind, url=url, target_blank=True)


def _now(
    figure: Figure, as_what: prometheus.PromQueryFormat = prometheus.PromQueryFormat.TIME_SERIES
) -> list[prometheus.Dataquery]:
    return [_query(at, one, as_what, now=True) for at, one in enumerate(figure.queries)]


def _over_time(figure: Figure) -> list[prometheus.Dataquery]:
    series = prometheus.PromQueryFormat.TIME_SERIES
    return [_query(at, one, series, now=False) for at, one in enumerate(figure.queries)]


def _query(
    at: int, query: Query, as_what: prometheus.PromQueryFormat, *, now: bool
) -> prometheus.Dataquery:
    return prometheus.Dataquery(
        ref_id=_letter(at),
        expr=query.expression,
        legend_format=query.name,
        format_val=as_what,
        instant=now,
        range_val=not now,
        datasource=DATASOURCE,
        editor_mode=prometheus.QueryEditorMode.CODE,
    )


def _letter(at: int) -> str:
    return chr(ord("A") + at)


def _joined(
    figure: Figure, columns: Sequence[Column], sort: str
) -> list[dashboard.DataTransformerConfig]:
    """Join the answers on the labels they share, then keep, order and name the columns."""
    alone = len(figure.queries) == 1
    value = {str(at): "Value" if alone else f"Value #{_letter(at)}" for at in range(26)}
    fields = [value.get(one.source, one.source) for one in columns]
    names = dict(zip(fields, (one.title for one in columns), strict=True))
    steps: list[tuple[str, dict[str, object]]] = [
        ("merge", {}),
        ("filterFieldsByName", {"include": {"names": fields}}),
        (
            "organize",
            {"indexByName": {name: at for at, name in enumerate(fields)}, "renameByName": names},
        ),
    ]
    if sort:
        steps.append(("sortBy", {"sort": [{"field": sort}]}))
    return [
        dashboard.DataTransformerConfig(id_val=kind, options=options) for kind, options in steps
    ]


def _cell(column: Column) -> list[dashboard.DynamicConfigValue]:
    scale = _defaults(column.scale)
    told: dict[str, object] = {
        "unit": scale.unit,
        "decimals": scale.decimals,
        "thresholds": scale.thresholds,
        "mappings": [*(scale.mappings or []), _NOTHING],
        "custom.width": column.width or None,
        "custom.minWidth": _LEAST_WIDTH,
        "noValue": _DASH,
    }
    if column.bar:
        told["custom.cellOptions"] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        told["color"] = _fixed(Colour.NET)
        told["min"] = 0
    elif column.scale.judges:
        told["custom.cellOptions"] = {"type": "color-text"}
    if column.link:
        told["links"] = [_link(column.link)]
    return [_property(name, value) for name, value in told.items() if value not in (None, [])]


def _defaults(scale: Scale) -> dashboard.FieldConfig:
    steps = [dashboard.Threshold(one.start, one.colour) for one in scale.steps]
    return dashboard.FieldConfig(
        unit=scale.unit,
        decimals=scale.decimals,
        mappings=[_mapping(scale.words)] if scale.words else [],
        thresholds=dashboard.ThresholdsConfig(dashboard.ThresholdsMode.ABSOLUTE, steps),
    )


def _mapping(told: Sequence[Word]) -> dashboard.ValueMap:
    results = {
        word.value: dashboard.ValueMappingResult(word.text, word.colour, index=at)
        for at, word in enumerate(told)
    }
    return dashboard.ValueMap(results)


def _fixed(colour: Colour | None) -> dashboard.FieldColor:
    return dashboard.FieldColor(dashboard.FieldColorModeId.FIXED, colour)


def _called(word: Word) -> list[dashboard.DynamicConfigValue]:
    colour = [_property("color", _fixed(word.colour))] if word.colour else []
    return [_property("displayName", word.text), *colour]


def _override(
    name: str, properties: list[dashboard.DynamicConfigValue]
) -> dashboard.DashboardFieldConfigSourceOverrides:
    matcher = dashboard.MatcherConfig("byName", name)
    return dashboard.DashboardFieldConfigSourceOverrides(matcher=matcher, properties=properties)


def _property(name: str, value: object) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue(name, value)
