"""`rpafabrik status`: sees (`cluster`, `laptop`, `engine`), judges (`health`), shows (`table`)."""
