-- What somebody can answer for in a unit: the company's own list. One that is taken off it stays on record.
CREATE TABLE duty (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name_zh   text NOT NULL,
    name_en   text NOT NULL,
    pinyin    text NOT NULL,  -- as the Chinese name is typed without Chinese characters
    initials  text NOT NULL,
    place     smallint NOT NULL,
    ended_at  timestamptz
);
INSERT INTO duty (place, name_zh, name_en, pinyin, initials) VALUES
    (0, '设备', 'Equipment', 'shebei', 'sb'), (1, '商品', 'Products', 'shangpin', 'sp'),
    (2, '陈列', 'Display', 'chenlie', 'cl'), (3, '消防', 'Fire safety', 'xiaofang', 'xf');

-- Who answers for it where, and who does when that one works there no more. No row: nobody yet.
CREATE TABLE duty_holder (
    unit    bigint NOT NULL REFERENCES unit,
    duty    bigint NOT NULL REFERENCES duty,
    person  bigint NOT NULL REFERENCES person,
    deputy  bigint REFERENCES person,
    PRIMARY KEY (unit, duty)
);
CREATE INDEX duty_holder_person ON duty_holder (person);
CREATE INDEX duty_holder_deputy ON duty_holder (deputy) WHERE deputy IS NOT NULL;
