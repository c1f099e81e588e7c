"""The boards for Grafana, written in Python; `dashboards/*.json` is what becomes of them."""
