/** The service and the window's page in a process of their own, for tests that kill it: `serveChild.ts WORKSPACE PAGE`. */
import { startServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';

const [workspace = '', pageFolder = ''] = process.argv.slice(2);
const studio = new Studio(workspace);
const server = await startServer({ handlers: studio.handlers, pageFolder, port: 0 });
process.stdout.write(`${server.url}\n`);
