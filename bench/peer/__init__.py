"""ejabberd from Debian with its archive in PostgreSQL, set up as well as it can be, for `bin/bench peers`."""
