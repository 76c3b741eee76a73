/** Loaded into each role before anything else: when whoever started it is gone, also by kill -9, it stops as by SIGTERM. */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
