"""All boards."""

from rpafabrik_dashboards import factory, robot_health, saved_hours

BOARDS = (saved_hours.board(), robot_health.board(), factory.board())
