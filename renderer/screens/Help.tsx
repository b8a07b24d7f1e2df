import { Card, Group, Kbd, Stack, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { findTopics, help, sections } from '../help/topics.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';

/** Everything to look up, searchable, without a network. */
export default function Help(): ReactNode {
  const { t, language } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const [query, setQuery] = useState(subject ?? '');
  useEffect(() => {
    if (subject !== null) setQuery(subject);
  }, [subject]);
  const found = findTopics(help[language], query);
  return (
    <Stack gap="lg" maw={860}>
      <Title order={2} size="h4">
        {t('screen.help')}
      </Title>
      <TextInput
        type="search"
        label={t('help.search')}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <Text size="sm" role="status">
        {t('help.found', { count: found.length })}
      </Text>
      {sections.map((section) => {
        const topics = found.filter((topic) => topic.section === section);
        if (topics.length === 0) return null;
        return (
          <Card key={section} withBorder component="section" aria-label={t(`help.${section}`)}>
            <Title order={3} size="h5" mb="sm">
              {t(`help.${section}`)}
            </Title>
            <Stack gap="md">
              {topics.map(({ title, text, code }) => (
                <div key={title}>
                  <Group gap="xs">
                    <Title order={4} size="h6">
                      {title}
                    </Title>
                    {code !== undefined && <Kbd>{code}</Kbd>}
                  </Group>
                  <Text size="sm">{text}</Text>
                </div>
              ))}
            </Stack>
          </Card>
        );
      })}
    </Stack>
  );
}
