"""`rpafabrik report`: the ledger's answers for people, spreadsheets and programs."""
