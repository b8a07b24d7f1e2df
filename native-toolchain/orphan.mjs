// Imported into the program that the set-up runs in the foreground: it ends in its orderly way when the set-up is gone,
// even if that was killed without a chance to say so.
const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 500);
watch.unref();
