const { join } = require('node:path');
const { generateFiles } = require('@nx/devkit');
const { spell, sync } = require('../names.cjs');

/** libs/dialects/<name> with its REST edge; the lists that name all dialects are then written anew. */
module.exports = async (tree, { name }) => {
  const names = spell(name);
  const folder = `libs/dialects/${names.dashed}`;
  if (tree.exists(`${folder}/package.json`)) throw new Error(`${folder} exists already`);
  generateFiles(tree, join(__dirname, 'files'), folder, { ...names, tmpl: '' });
  return sync(tree);
};
