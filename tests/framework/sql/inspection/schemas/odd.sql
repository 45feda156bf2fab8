-- Reserved words, names that clash with ours and with each other, types and rules that no word says.
CREATE TYPE "Mood of day" AS ENUM ('good');
CREATE TYPE state AS ENUM ('new', 'in progress', '', 'name');
CREATE TABLE "select" (
    "class" uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    "from" integer NOT NULL,
    "and" boolean DEFAULT false NOT NULL,
    "From" text COLLATE "C" DEFAULT 'it''s',
    "2nd value" double precision,
    "größe" numeric,
    state state DEFAULT 'in progress'::state NOT NULL,
    mood "Mood of day",
    "update" text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    raw json,
    span interval,
    twice integer GENERATED ALWAYS AS ("from" * 2) STORED,
    marks integer[] DEFAULT '{}'::integer[] NOT NULL,
    at timestamp(0) without time zone,
    CONSTRAINT "the one" UNIQUE ("from", "2nd value") DEFERRABLE,
    CONSTRAINT later UNIQUE ("From") DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT many CHECK ("from" > 0 AND ("2nd value" IS NULL OR "2nd value" < 10.5) AND NOT "and"),
    CONSTRAINT listed CHECK ("From" IN ('a', 'b', 'it''s')),
    CONSTRAINT odd CHECK (abs("from") < 1000)
);
COMMENT ON TABLE "select" IS 'Says "so", and \ """ more.';
CREATE TABLE job (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE resources (
    resource_id bigserial PRIMARY KEY,
    parent uuid REFERENCES "select" ON DELETE CASCADE,
    parent_id integer,
    job_id bigint NOT NULL REFERENCES job ON DELETE SET DEFAULT,
    other bigint REFERENCES job
);
CREATE UNIQUE INDEX one_other ON resources (parent, other) WHERE parent_id IS NULL;
CREATE INDEX resources_parent ON resources (parent_id DESC NULLS LAST);
CREATE INDEX resources_hash ON resources USING hash (parent_id);
CREATE TABLE extras (job_id bigint PRIMARY KEY REFERENCES job ON DELETE CASCADE, note text);
CREATE TABLE plain (a integer, b text);
CREATE TABLE stamped (at timestamp PRIMARY KEY);
CREATE SCHEMA other;
CREATE TABLE other.job (code varchar(8) PRIMARY KEY, title varchar(80) NOT NULL CHECK (length(title) > 2));
INSERT INTO "select" ("from", "From") SELECT n, NULL FROM generate_series(1, 3) AS n;
INSERT INTO job (name) VALUES ('first');
INSERT INTO extras VALUES (1, 'more');
