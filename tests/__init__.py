"""The tests: mirrors of the packages, stories through real doors, laws."""
