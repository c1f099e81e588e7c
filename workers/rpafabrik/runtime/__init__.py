"""The process that runs a digital worker. Developers' code never imports from here."""
