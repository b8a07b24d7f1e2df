// Where every worker thread begins: what it asks of the network is counted, whatever it goes on to load.
import './network.ts';

await import(/* @vite-ignore */ process.argv[2] ?? '');
