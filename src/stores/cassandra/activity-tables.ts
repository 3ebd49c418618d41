/** Tables of raw activity. Keys are the design's; times are microseconds, days are ISO text, shards are 0 … count − 1. */
export const activityTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS properties (
    property text,
    time_zone text,
    shard_count int,
    shard_hash text,
    calendar text,
    PRIMARY KEY ((property))
  )`,
  `CREATE TABLE IF NOT EXISTS raw_activity_stream_data (
    property text,
    day text,
    generation int,
    shard int,
    user text,
    event_time_us bigint,
    event_key text,
    name text,
    value double,
    event_group text,
    payload text,
    PRIMARY KEY ((property, day, generation, shard), user, event_time_us, event_key)
  )`,
  // Generation 0 is the day's pointer: its `current`, `state`, `reason` and `checks` are what readers see.
  `CREATE TABLE IF NOT EXISTS day_manifests (
    property text,
    day text,
    generation int,
    current int,
    state text,
    reason text,
    source_version text,
    mapping_hash text,
    rows bigint,
    people bigint,
    anonymous bigint,
    quarantined bigint,
    known_events bigint,
    anonymous_events bigint,
    bytes bigint,
    bytes_billed bigint,
    checksum text,
    event_names text,
    checks text,
    PRIMARY KEY ((property), day, generation)
  )`,
  `CREATE TABLE IF NOT EXISTS quarantine (
    property text,
    day text,
    generation int,
    position bigint,
    file text,
    line bigint,
    reason text,
    payload text,
    PRIMARY KEY ((property, day, generation), position)
  )`,
];
