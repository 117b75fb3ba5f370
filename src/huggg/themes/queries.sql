-- name: theme
-- A team's theme, or that of its parent where the team has none of that id.
SELECT th.*
  FROM teams t
  JOIN themes th ON th.team_id IN (t.id, t.parent_id)
 WHERE t.id = :team_id AND th.id = :id
 ORDER BY th.team_id = t.id DESC
 LIMIT 1;

-- name: own_theme
SELECT * FROM themes WHERE team_id = :team_id AND id = :id;

-- name: themes
SELECT th.team_id, t.name AS team, th.id, th.label, th.ground, th.ink, th.accent, th.night_accent,
       th.logo IS NOT NULL AS logo, th.cover IS NOT NULL AS cover
  FROM themes th
  JOIN teams t ON t.id = th.team_id
 WHERE th.team_id = coalesce(:team_id, th.team_id)
 ORDER BY lower(t.name), th.team_id, th.id;

-- name: brand_pictures
SELECT logo, cover FROM brand_pictures WHERE brand_id = :brand_id;

-- name: picture
SELECT body FROM pictures WHERE name = :name;

-- name: set_theme
-- Saves a theme of a team with its new pictures, and notes it; a picture that is null stays as it was. No row:
-- there is no such team. Pictures of before are kept, as pages that are open still show them.
WITH owner AS (
    SELECT id FROM teams WHERE id = :team_id
), new_pictures AS (
    INSERT INTO pictures (name, body)
    SELECT p.name, p.body FROM owner, unnest(:names::text[], :bodies::bytea[]) AS p (name, body)
    ON CONFLICT (name) DO NOTHING
), upserts AS (
    INSERT INTO themes (team_id, id, label, ground, ink, accent, night_accent, logo, cover)
    SELECT id, :id, :label, :ground, :ink, :accent, :night_accent, :logo, :cover FROM owner
    ON CONFLICT (team_id, id) DO UPDATE
       SET label = excluded.label, ground = excluded.ground, ink = excluded.ink, accent = excluded.accent,
           night_accent = excluded.night_accent, logo = coalesce(excluded.logo, themes.logo),
           cover = coalesce(excluded.cover, themes.cover)
    RETURNING team_id, id
), new_events AS (
    INSERT INTO events (subject_id, kind, at, data)
    SELECT team_id, 'theme.set', now(), jsonb_build_object('theme', id) FROM upserts
)
SELECT team_id FROM upserts;

-- name: remove_theme
WITH removed_theme AS (
    DELETE FROM themes WHERE team_id = :team_id AND id = :id RETURNING team_id, id
)
INSERT INTO events (subject_id, kind, at, data)
SELECT team_id, 'theme.removed', now(), jsonb_build_object('theme', id) FROM removed_theme
RETURNING subject_id;

-- name: set_brand_pictures
-- Sets the pictures of a brand, and notes it; a picture that is null stays as it was. No row: there is no such brand.
WITH owner AS (
    SELECT id FROM brands WHERE id = :brand_id
), new_pictures AS (
    INSERT INTO pictures (name, body)
    SELECT p.name, p.body FROM owner, unnest(:names::text[], :bodies::bytea[]) AS p (name, body)
    ON CONFLICT (name) DO NOTHING
), upserts AS (
    INSERT INTO brand_pictures (brand_id, logo, cover)
    SELECT id, :logo, :cover FROM owner
    ON CONFLICT (brand_id) DO UPDATE
       SET logo = coalesce(excluded.logo, brand_pictures.logo), cover = coalesce(excluded.cover, brand_pictures.cover)
    RETURNING brand_id
), new_events AS (
    INSERT INTO events (subject_id, kind, at)
    SELECT brand_id, 'brand.pictures_set', now() FROM upserts
)
SELECT brand_id FROM upserts;
