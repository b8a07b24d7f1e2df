import { ActionIcon, Group, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { FileChooser, useFileChoice } from './FileChooser.tsx';

interface PathFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (path: string) => void;
  /** Which files can be chosen; folders can where `folders` is set. */
  readonly pattern: RegExp;
  readonly folders?: boolean;
  /** None where only folders can be chosen. */
  readonly extensions: readonly string[];
}

/** A path to type or to choose. */
export function PathField({
  label,
  description,
  value,
  onChange,
  pattern,
  folders = false,
  extensions,
}: PathFieldProps): ReactNode {
  const { t } = useTranslation();
  const choice = useFileChoice({ title: label, pattern, folders, extensions, onChoose: onChange });
  return (
    <>
      <TextInput
        label={label}
        description={description}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        w={360}
        rightSectionWidth={choice.chooseFolder === null ? 36 : 66}
        rightSection={
          <Group gap={2} wrap="nowrap">
            <ActionIcon variant="subtle" aria-label={`${t('path.choose')}: ${label}`} onClick={choice.choose}>
              <span aria-hidden="true">…</span>
            </ActionIcon>
            {choice.chooseFolder !== null && (
              <ActionIcon
                variant="subtle"
                aria-label={`${t('path.choose.folder')}: ${label}`}
                onClick={choice.chooseFolder}
              >
                <span aria-hidden="true">…/</span>
              </ActionIcon>
            )}
          </Group>
        }
      />
      <FileChooser choice={choice} />
    </>
  );
}
