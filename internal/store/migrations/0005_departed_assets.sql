-- Workers ask of each asset of a task whether it is still its organisation's:
-- what was moved or retired after the planning may no longer be touched.

GRANT SELECT (org_id, retired_at) ON assets TO ciiscan_worker;
