-- Finds the streams of a lane whose members have moved since.
CREATE INDEX stream_moved ON stream (lane, moved_no);
