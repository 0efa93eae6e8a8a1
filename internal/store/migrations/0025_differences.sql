-- What comparisons of two dates look for.
CREATE INDEX services_first_seen ON services (first_seen);
CREATE INDEX former_services_gone ON former_services (gone_at);
CREATE INDEX assets_created ON assets (created_at);
CREATE INDEX assets_retired ON assets (retired_at) WHERE retired_at IS NOT NULL;
