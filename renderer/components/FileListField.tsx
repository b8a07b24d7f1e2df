import { Button, CloseButton, Group, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { PathField } from './PathField.tsx';

interface FileListFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly files: readonly string[];
  readonly onChange: (files: string[]) => void;
  readonly pattern: RegExp;
  readonly extensions: readonly string[];
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** Several files, added one by one. */
export function FileListField(props: FileListFieldProps): ReactNode {
  const { label, description, files, onChange, pattern, extensions } = props;
  const { t } = useTranslation();
  const [path, setPath] = useState('');
  const add = (): void => {
    if (path !== '' && !files.includes(path)) onChange([...files, path]);
    setPath('');
  };
  return (
    <Stack gap={4}>
      <Group align="end" gap="sm">
        <PathField
          label={label}
          {...(description === undefined ? {} : { description })}
          value={path}
          onChange={setPath}
          pattern={pattern}
          extensions={extensions}
        />
        <Button variant="default" onClick={add} disabled={path === ''}>
          {t('options.add')}
        </Button>
      </Group>
      {files.length > 0 && (
        <Group component="ul" gap="xs" p={0} m={0} aria-label={label}>
          {files.map((file) => (
            <Group key={file} component="li" gap={2} title={file} style={{ listStyle: 'none' }}>
              <Text size="sm" ff="monospace">
                {nameOf(file)}
              </Text>
              <CloseButton
                size="sm"
                aria-label={t('options.remove', { name: nameOf(file) })}
                onClick={() => onChange(files.filter((other) => other !== file))}
              />
            </Group>
          ))}
        </Group>
      )}
    </Stack>
  );
}
