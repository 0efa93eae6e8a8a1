-- A service of one name answers on few ports, which tell findings apart sooner
-- than the services themselves do.
DROP INDEX services_name;
CREATE INDEX services_name ON services (name, port);

-- The search lists certificates by their end, however many have the words.
CREATE INDEX certificates_end ON certificates (not_after DESC, sha256);
