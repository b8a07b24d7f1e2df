import fs from 'node:fs'; import { unzipSync } from 'fflate'; import sharp from 'sharp';
sharp.concurrency(1);
const z=unzipSync(fs.readFileSync('/work/shared/data/cifar10-jpg.zip')); const names=Object.keys(z).filter(n=>/\.jpg$/i.test(n)).sort();
const classes=[...new Set(names.map(n=>n.split('/').at(-2)!))].sort(); console.log(classes, names.length, names[0]);
for(const split of ['train','test']){ const ns=names.filter(n=>n.split('/').at(-3)===split); const out=Buffer.alloc(ns.length*3072), lab=Buffer.alloc(ns.length); for(let i=0;i<ns.length;i++){ out.set(await sharp(z[ns[i]]).removeAlpha().toColourspace('srgb').raw().toBuffer(), i*3072); lab[i]=classes.indexOf(ns[i].split('/').at(-2)!); }
 fs.writeFileSync(`/tmp/cifar-${split}.bin`,out); fs.writeFileSync(`/tmp/cifar-${split}.lab`,lab); console.log(split,ns.length); }
