"""The engine: operations come in, the journal is in the middle, followers carry it out. No retail word in here."""
