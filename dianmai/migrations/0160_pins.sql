-- Who may pin messages in a group, besides being one who may write there.
ALTER TABLE conversation ADD COLUMN pin_by text NOT NULL DEFAULT 'everyone';
