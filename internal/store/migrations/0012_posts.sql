-- What one team has posted within a day is counted before each of its posts.
CREATE INDEX taxii_statuses_team ON taxii_statuses (team_id, created_at);
