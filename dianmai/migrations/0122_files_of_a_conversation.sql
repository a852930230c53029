-- Apart from what changes the table: people go on reading files while the indexes are built.
CREATE INDEX file_holding_stream ON file_holding (stream, seq DESC, file);
CREATE INDEX file_holding_kind ON file_holding (stream, kind, seq DESC, file);
