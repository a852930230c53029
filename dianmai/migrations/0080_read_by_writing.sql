-- Who writes has read what came before: so too what was written before that was kept with each message.
UPDATE member m SET read_no = greatest(m.read_no, own.no)
FROM (SELECT stream, author, max(no) AS no FROM chat_message GROUP BY stream, author) AS own
WHERE m.stream = own.stream AND m.actor = own.author AND m.read_no < own.no;
