"""SQL that brings a database from empty to this version, in the order of its numbers."""
