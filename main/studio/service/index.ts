export { demoDefaults, describeJob } from './describeJob.ts';
export { Studio } from './studio.ts';
export { defaultWorkspaceFolder } from './workspaceFolder.ts';
