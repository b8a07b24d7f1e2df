// Takes a lock, says so, and keeps it until it is killed.
import { tryLock } from '../../main/store/index.ts';

process.stdout.write(tryLock(process.argv[2] ?? '') === null ? 'refused\n' : 'held\n');
setInterval(() => undefined, 1000);
