-- Chance that comes out the same every time: a hash of what it is about.
SET maintenance_work_mem = '256MB';
SET work_mem = '64MB';

CREATE FUNCTION pg_temp.u(n bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, salt + {seed} * 1000) & 1048575)::double precision / 1048576 $$;

CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, list text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT list[1 + floor(pg_temp.u(n, salt) * cardinality(list))::int] $$;

-- One of how many, the first ones more often than the last.
CREATE FUNCTION pg_temp.skewed(n bigint, salt bigint, many bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 + floor(many * power(pg_temp.u(n, salt), 2))::bigint $$;

CREATE FUNCTION pg_temp.present() RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT timestamptz '{now}' $$;

CREATE FUNCTION pg_temp.ago(days double precision) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT timestamptz '{now}' - days * interval '1 day' $$;

CREATE FUNCTION pg_temp.port(n bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY[443, 80, 22, 8443, 8080, 25, 3389, 21, 502, 161, 5900, 1433])[1 + n % 12] $$;

CREATE FUNCTION pg_temp.service(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['https', 'http', 'ssh', 'https', 'http', 'smtp', 'ms-wbt-server', 'ftp', 'modbus', 'snmp', 'vnc', 'ms-sql-s'])[1 + n % 12] $$;
