/**
 * Tables of rollups. A minute of readings is a partition for each shard; so is each build of each bucket. In
 * `rollup_readings` the rows of member '' are no readings: each stands for one piece that was written, in one batch with
 * its readings, and all of them together are the inputs of the minute.
 */
export const rollupTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS rollup_properties (
    property text,
    time_zone text,
    shards int,
    PRIMARY KEY ((property))
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_readings (
    property text,
    minute text,
    shard int,
    member text,
    platform text,
    second bigint,
    value double,
    PRIMARY KEY ((property, minute, shard), member, platform, second)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_late (
    property text,
    day text,
    minute text,
    shard int,
    PRIMARY KEY ((property, day), minute, shard)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_aside (
    property text,
    hour text,
    member text,
    platform text,
    second bigint,
    value double,
    PRIMARY KEY ((property, hour), member, platform, second)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_aside_hours (
    property text,
    hour text,
    PRIMARY KEY ((property), hour)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_buckets (
    property text,
    level text,
    bucket text,
    shard int,
    inputs text,
    member text,
    platform text,
    sum double,
    count bigint,
    min double,
    max double,
    first double,
    last double,
    mean double,
    minutes int,
    PRIMARY KEY ((property, level, bucket, shard, inputs), member, platform)
  )`,
  // A partition for each bucket: conditional writes of one partition wait for one another, and the shards of a bucket need only one.
  `CREATE TABLE IF NOT EXISTS rollup_seals (
    property text,
    level text,
    bucket text,
    shard int,
    inputs text,
    revision int,
    rows bigint,
    members bigint,
    partial bigint,
    sum double,
    count bigint,
    magnitude double,
    checksum text,
    kept_until bigint,
    overtaken text,
    PRIMARY KEY ((property, level, bucket), shard)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_clocks (
    property text,
    closed_until bigint,
    PRIMARY KEY ((property))
  )`,
  // Copies of buckets by member, each in a table of its own: src/stores/cassandra/series-copies.ts.
  `CREATE TABLE IF NOT EXISTS rollup_copies (
    property text,
    copy int,
    request text,
    opened_at bigint,
    verified_at bigint,
    verified_buckets bigint,
    verified_rows bigint,
    dropped_at bigint,
    PRIMARY KEY ((property), copy)
  )`,
  // The copy that readers read.
  `CREATE TABLE IF NOT EXISTS rollup_live_copies (
    property text,
    copy int,
    since bigint,
    PRIMARY KEY ((property))
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_accounts (
    property text,
    member text,
    from_day text,
    language text,
    game text,
    PRIMARY KEY ((property), member, from_day)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_games (
    property text,
    game text,
    from_day text,
    genre text,
    console text,
    PRIMARY KEY ((property), game, from_day)
  )`,
  // `inputs` of a day names the rows that readers read.
  `CREATE TABLE IF NOT EXISTS rollup_category_days (
    property text,
    month text,
    day text,
    inputs text,
    PRIMARY KEY ((property, month), day)
  )`,
  `CREATE TABLE IF NOT EXISTS rollup_categories (
    property text,
    day text,
    inputs text,
    category text,
    value text,
    members bigint,
    partial bigint,
    sum double,
    count bigint,
    figure double,
    share double,
    rank int,
    PRIMARY KEY ((property, day, inputs), category, value)
  )`,
];
