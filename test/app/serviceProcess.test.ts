import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { runService } from '../../main/app/serviceProcess.ts';
import { Studio } from '../../main/studio/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

it('what the window was refused is in the service’s count, which the top bar and doctor show', async () => {
  const studio = new Studio(temporaryFolder());
  onTestFinished(() => studio.close());
  const parent = Object.assign(new EventEmitter(), { postMessage: () => undefined });
  runService(parent as unknown as Parameters<typeof runService>[0], studio);
  const call = { signal: new AbortController().signal, onProgress: () => undefined };
  const network = async () => (await studio.handlers.calls['system.info']({}, call)).network;
  const before = await network();

  const told = { type: 'refused', address: 'https://elsewhere.invalid:8443/picture.png?secret' };
  parent.emit('message', { data: told, ports: [] });
  parent.emit('message', { data: { type: 'refused', address: 'http://127.0.0.1:9/' }, ports: [] });
  parent.emit('message', { data: { type: 'refused' }, ports: [] });

  const after = await network();
  expect(after.foreign - before.foreign).toBe(1);
  expect(after.loopback - before.loopback).toBe(1);
  expect(after.latest.at(-1)?.what).toBe('open in the window elsewhere.invalid:8443');
  const findings = await studio.handlers.calls['doctor.check']({}, call);
  expect(findings.find(({ id }) => id === 'network')).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining('elsewhere.invalid:8443') as string,
  });
});
