/**
 * That a claim `c`, looked up by its person, stands. Written so that no index on open claims fits: the one there is begins
 * with the number, and as long as nobody has analysed the table PostgreSQL 18 would skip through all of it for every person.
 */
export const CLAIM_IS_OPEN = `coalesce(c.to_at, 'infinity') = 'infinity'`;
