/** Which kernels are the same code for other sizes: their times can be interpolated. */

/** Parts of a kernel's name that say what it does, rather than how much of it: `fit`, `rows`, `s2x2`, `m4`. */
const isForm = (part: string): boolean => /^[a-z]+$/.test(part) || /^s\d/.test(part) || /^m\d/.test(part);

/**
 * A kernel's name without its sizes: `conv1x1_24x144_56x56_fit_row_m4` is of the family `conv1x1_fit_row_m4`,
 * `depthwise7x7_s2x2_p2_40to20x32_h20_fit_m4` of `depthwise7x7_s2x2_fit_m4`.
 */
export function kernelFamily(name: string): string {
  const [head = '', ...parts] = name.split('_');
  return [head, ...parts.filter(isForm)].join('_');
}

/** The family without window and stride: what to compare with where no kernel of the family itself is known. */
export function kernelKin(family: string): string {
  const [head = '', ...parts] = family.split('_');
  return [head.replace(/\d.*$/, ''), ...parts.filter((part) => !/^s\d/.test(part))].join('_');
}
