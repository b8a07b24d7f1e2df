import { Button, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { FileChooser, useFileChoice } from '../components/FileChooser.tsx';
import { useTranslation, type MessageKey } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { useProjectChoice } from '../project/ProjectMenu.tsx';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';

/** The first screen: five ways to start, none of which needs an account, a download or a board. */
export default function Home(): ReactNode {
  const { t, language } = useTranslation();
  const { go, openModel } = useNavigation();
  const { client, boardId, boards, fail } = useStudio();
  const virtual = boards.find(({ id }) => id === boardId)?.virtual ? boardId : 'virtual-stm32f405';

  const project = useProjectChoice();
  const model = useFileChoice({
    title: t('home.model.title'),
    pattern: /\.(tflite|onnx)$/i,
    extensions: ['tflite', 'onnx'],
    folders: false,
    onChoose: openModel,
  });

  const startDemo = async (): Promise<void> => {
    const params = { kind: 'demo', boardId: virtual } as const;
    const started = await client?.call('jobs.start', { params, ...titled(params, language) });
    if (started) go('train', started.runId);
  };
  return (
    <Stack gap="md" maw={980} mx="auto" py={{ base: 0, lg: 'md' }}>
      <Stack gap={4}>
        <Title order={2}>{t('home.title')}</Title>
        <Text c="dimmed">{t('home.subtitle')}</Text>
      </Stack>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
        <StartCard name="demo" onStart={() => void startDemo().catch(fail)} primary />
        <StartCard name="board" onStart={() => go('board')} />
        <StartCard name="model" onStart={model.choose} />
        <StartCard name="data" onStart={() => go('data')} />
        <StartCard name="project" onStart={project.choose} />
      </SimpleGrid>
      <FileChooser choice={project} />
      <FileChooser choice={model} />
    </Stack>
  );
}

interface StartCardProps {
  readonly name: 'demo' | 'board' | 'model' | 'data' | 'project';
  readonly onStart: () => void;
  readonly primary?: boolean;
}

function StartCard({ name, onStart, primary = false }: StartCardProps): ReactNode {
  const { t } = useTranslation();
  const key = (part: 'title' | 'text' | 'action'): MessageKey => `home.${name}.${part}`;
  return (
    <Card withBorder padding="md" component="section" aria-label={t(key('title'))}>
      <Stack gap="sm" justify="space-between" h="100%">
        <Stack gap={4}>
          <Title order={3} size="h4">
            {t(key('title'))}
          </Title>
          <Text size="sm">{t(key('text'))}</Text>
        </Stack>
        <Button variant={primary ? 'filled' : 'default'} onClick={onStart} style={{ alignSelf: 'flex-start' }}>
          {t(key('action'))}
        </Button>
      </Stack>
    </Card>
  );
}
