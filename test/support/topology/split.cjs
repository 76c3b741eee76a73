/* What makes the same specs run against roles that are apart. */
process.env.QUIETLINE_TOPOLOGY = 'split';
