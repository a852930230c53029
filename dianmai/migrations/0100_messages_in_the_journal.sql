-- Pages read messages where they were written: in the journal. They are not kept a second time.
-- Writers touch `entry` first; reading goes on while the index is built.
LOCK TABLE entry IN SHARE MODE;
-- Paging: `no` is gapless per stream.
CREATE INDEX entry_no ON entry (stream, no) WHERE no IS NOT NULL;
LOCK TABLE chat_message IN ACCESS EXCLUSIVE MODE;
DROP TABLE chat_message;
CREATE VIEW chat_message AS
SELECT stream, no, seq, actor AS author, at, nonce, body FROM entry WHERE kind = 'chat.message' AND no IS NOT NULL;
-- What the version before writes here stands in the journal already. To be dropped when no such node can be left.
CREATE FUNCTION chat_message_stands_already() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER chat_message_stands_already INSTEAD OF INSERT ON chat_message
FOR EACH ROW EXECUTE FUNCTION chat_message_stands_already();
