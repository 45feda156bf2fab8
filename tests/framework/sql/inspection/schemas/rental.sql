-- A rental shop as PostgreSQL's sample databases have it: sequences, an enum, a domain, arrays, triggers, a circle, views.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END $$;

CREATE SEQUENCE actor_actor_id_seq;
CREATE TABLE actor (
    actor_id integer DEFAULT nextval('actor_actor_id_seq'::regclass) NOT NULL,
    first_name character varying(45) NOT NULL,
    last_name character varying(45) NOT NULL,
    last_update timestamp without time zone DEFAULT now() NOT NULL,
    CONSTRAINT actor_pkey PRIMARY KEY (actor_id)
);
CREATE INDEX idx_actor_last_name ON actor (last_name);

CREATE TABLE language (
    language_id serial PRIMARY KEY,
    name character(20) NOT NULL,
    last_update timestamp DEFAULT now() NOT NULL
);
COMMENT ON TABLE language IS 'What is spoken in a film.';

CREATE TABLE film (
    film_id serial PRIMARY KEY,
    title varchar(255) NOT NULL,
    description text,
    release_year year,
    language_id smallint NOT NULL REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    original_language_id smallint REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    rental_duration smallint DEFAULT 3 NOT NULL CHECK (rental_duration > 0),
    rental_rate numeric(4,2) DEFAULT 4.99 NOT NULL,
    length smallint,
    replacement_cost numeric(5,2) DEFAULT 19.99 NOT NULL,
    rating mpaa_rating DEFAULT 'G'::mpaa_rating,
    last_update timestamp DEFAULT now() NOT NULL,
    special_features text[],
    fulltext tsvector NOT NULL,
    CONSTRAINT film_costs CHECK (replacement_cost >= rental_rate AND rental_rate >= 0),
    CONSTRAINT film_titled CHECK (title ~ '^[A-Z]')
);
COMMENT ON COLUMN film.length IS 'In minutes.';
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE INDEX idx_fk_language_id ON film (language_id);
CREATE INDEX idx_fk_original_language_id ON film (original_language_id);
CREATE INDEX idx_title ON film (title);
CREATE INDEX idx_long ON film (length DESC, title) WHERE length IS NOT NULL;
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW
EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();

CREATE TABLE film_actor (
    actor_id integer NOT NULL REFERENCES actor,
    film_id integer NOT NULL REFERENCES film,
    PRIMARY KEY (actor_id, film_id)
);

CREATE TABLE address (
    address_id serial PRIMARY KEY,
    address varchar(50) NOT NULL,
    district varchar(20) NOT NULL,
    postal_code varchar(10)
);

CREATE TABLE store (
    store_id serial PRIMARY KEY,
    manager_staff_id integer NOT NULL,
    address_id integer NOT NULL REFERENCES address
);
CREATE UNIQUE INDEX idx_unq_manager_staff_id ON store (manager_staff_id);
CREATE TABLE staff (
    staff_id serial PRIMARY KEY,
    first_name varchar(45) NOT NULL,
    email varchar(50),
    store_id integer NOT NULL REFERENCES store DEFERRABLE,
    active boolean DEFAULT true NOT NULL,
    username varchar(16) NOT NULL UNIQUE,
    picture bytea
);
ALTER TABLE store ADD CONSTRAINT store_manager_staff_id_fkey FOREIGN KEY (manager_staff_id) REFERENCES staff DEFERRABLE
    INITIALLY DEFERRED;

CREATE TABLE customer (
    customer_id serial PRIMARY KEY,
    store_id integer NOT NULL REFERENCES store,
    first_name varchar(45) NOT NULL,
    email varchar(50),
    address_id integer NOT NULL REFERENCES address,
    activebool boolean DEFAULT true NOT NULL,
    create_date date DEFAULT ('now'::text)::date NOT NULL,
    last_update timestamp DEFAULT now(),
    CONSTRAINT customer_mail CHECK (email IS NULL OR email LIKE '%@%')
);
CREATE UNIQUE INDEX customer_email ON customer (lower(email));

CREATE TABLE inventory (
    inventory_id serial PRIMARY KEY,
    film_id integer NOT NULL REFERENCES film ON DELETE CASCADE,
    store_id integer NOT NULL REFERENCES store
);
CREATE INDEX idx_store_id_film_id ON inventory (store_id, film_id);
CREATE TABLE rental (
    rental_id bigserial PRIMARY KEY,
    rental_date timestamptz NOT NULL,
    inventory_id integer NOT NULL REFERENCES inventory,
    customer_id integer NOT NULL REFERENCES customer,
    return_date timestamptz,
    staff_id integer REFERENCES staff ON DELETE SET NULL,
    period tstzrange,
    CONSTRAINT rental_once UNIQUE (rental_date, inventory_id, customer_id),
    EXCLUDE USING gist (period WITH &&)
);
CREATE TABLE payment (
    payment_id serial,
    amount numeric(5,2) NOT NULL,
    payment_date timestamptz NOT NULL
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_2024 PARTITION OF payment FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE VIEW film_list AS SELECT f.film_id, f.title, l.name AS language, f.rating
FROM film f JOIN language l USING (language_id);
CREATE VIEW totals AS SELECT count(*) AS films FROM film;

INSERT INTO language (name) VALUES ('English'), ('Deutsch');
INSERT INTO actor (first_name, last_name) VALUES ('Penelope', 'Guiness'), ('Nick', 'Wahlberg');
INSERT INTO film (title, language_id, rating, length, special_features, release_year)
SELECT 'Film ' || chr(64 + n), 1 + n % 2, (ARRAY['G', 'PG-13', 'R'])[1 + n % 3]::mpaa_rating, 60 + n,
       ARRAY['Trailers', 'Deleted Scenes'], 2000 + n FROM generate_series(1, 12) AS n;
INSERT INTO film_actor VALUES (1, 1), (2, 1);
INSERT INTO address (address, district) VALUES ('47 Lane', 'Alberta');
BEGIN;
INSERT INTO store (manager_staff_id, address_id) VALUES (1, 1);
INSERT INTO staff (first_name, store_id, username) VALUES ('Mike', 1, 'mike');
COMMIT;
INSERT INTO customer (store_id, first_name, address_id, email) VALUES (1, 'Mary', 1, 'mary@example.org');
