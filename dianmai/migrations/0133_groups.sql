-- Groups: what they are for, what stands above the talk, who may say what.
ALTER TABLE conversation
    ADD COLUMN purpose         text NOT NULL DEFAULT '',
    ADD COLUMN announcement    text NOT NULL DEFAULT '',
    ADD COLUMN announced_by    bigint,
    ADD COLUMN announced_at    timestamptz,
    ADD COLUMN post_by         text NOT NULL DEFAULT 'everyone',
    ADD COLUMN mention_all_by  text NOT NULL DEFAULT 'everyone',
    ADD COLUMN slow_s          integer NOT NULL DEFAULT 0,
    -- temporary group: who leads it, and when it is closed by itself
    ADD COLUMN led_by          bigint,
    ADD COLUMN ends_at         timestamptz,
    DROP CONSTRAINT conversation_kind_check,
    DROP CONSTRAINT conversation_check,
    ADD CONSTRAINT conversation_kind_check CHECK (kind IN ('direct', 'group', 'temporary')),
    ADD CONSTRAINT conversation_check CHECK (CASE kind
        WHEN 'direct' THEN low <= high AND opened_by IN (low, high) AND key IS NULL
        WHEN 'group' THEN low IS NULL AND high IS NULL AND key IS NOT NULL AND rule IS NOT NULL
            AND title_zh IS NOT NULL AND title_en IS NOT NULL
        ELSE low IS NULL AND high IS NULL AND key IS NULL AND rule IS NULL
            AND title_zh IS NOT NULL AND title_en IS NOT NULL AND led_by IS NOT NULL AND ends_at IS NOT NULL END);

-- Who has let whom into a temporary group.
CREATE TABLE added_member (
    stream    text NOT NULL REFERENCES conversation,
    actor     bigint NOT NULL REFERENCES actor,
    added_by  bigint NOT NULL REFERENCES actor,
    PRIMARY KEY (stream, actor)
);
