import { Button, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { saveFile } from '../components/saveFile.ts';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** Everything that a run made, to take away: C, image, model, report. */
export function RunFiles({ runId }: { readonly runId: string }): ReactNode {
  const { t, bytes } = useTranslation();
  const { client, fail } = useStudio();
  const [run, again] = useCall((asked, signal) => asked.call('runs.get', { id: runId }, { signal }), [runId]);
  if (run.state === 'failed') return <ErrorCard error={run.error} action={{ label: t('try.again'), run: again }} />;
  if (run.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  const save = async (name: string): Promise<void> => {
    if (client === null) return;
    const file = await client.call('runs.artefact', { id: runId, name });
    saveFile(name.split('/').at(-1) ?? name, 'application/octet-stream', file.bytes);
  };
  return (
    <Table aria-label={t('build.tab.files')}>
      <Table.Tbody>
        {run.value.artefacts.map(({ name, bytes: size }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={500} ff="monospace">
              {name}
            </Table.Th>
            <Table.Td ta="right">{bytes(size)}</Table.Td>
            <Table.Td ta="right">
              <Button
                size="compact-xs"
                variant="default"
                aria-label={t('build.file.save', { name })}
                onClick={() => void save(name).catch(fail)}
              >
                ↓
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
