import { useEffect } from 'react';
import { StudioError, type RunKind } from '../../main/contract/index.ts';
import { requestInAddress, type OpenRequest } from './client.ts';
import { useNavigation, type ScreenName } from './navigation.ts';
import { useStudio } from './studio.ts';

/** Where a run of each kind is looked at. */
export const screenOfRun = (kind: RunKind): ScreenName =>
  kind === 'bench' ? 'lab' : kind === 'demo' || kind === 'train' ? 'train' : kind === 'search' ? 'search' : 'build';

/** Does what was asked for from outside: a link to a run, a model's or a project's file. */
export async function openFromOutside(request: OpenRequest): Promise<void> {
  const { go, openModel, askForProject } = useNavigation.getState();
  if (request.kind === 'file') {
    if (/\.mcunet$/i.test(request.path)) return askForProject(request.path);
    if (/\.(tflite|onnx)$/i.test(request.path)) return openModel(request.path);
    throw new StudioError({
      code: 'files.not-opened',
      message: `${request.path} is neither a model nor a project.`,
      remedy: 'Open a .tflite or .onnx model, or a .mcunet project.',
    });
  }
  const { client } = useStudio.getState();
  const run = await client?.call('runs.get', { id: request.id });
  if (run !== undefined) go(screenOfRun(run.kind), run.id);
}

/** Listens for what is asked for from outside, from when the service is there: a link, a second start, an address. */
export function useOpenRequests(): void {
  const client = useStudio((state) => state.client);
  const fail = useStudio((state) => state.fail);
  useEffect(() => {
    if (client === null) return undefined;
    const open = (request: OpenRequest): void => void openFromOutside(request).catch(fail);
    const inAddress = requestInAddress();
    if (inAddress !== null) open(inAddress);
    return window.mcunetDesktop?.onOpen(open);
  }, [client, fail]);
}
