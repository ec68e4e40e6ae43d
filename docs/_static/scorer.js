// Lessons come before the names of functions: who types “hint” wants to read, not to program.
var Scorer = {
  objNameMatch: 4,
  objPartialMatch: 2,
  objPrio: { 0: 0, 1: 0, 2: -2 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, , , , score]) => (/lessons\/(\d\d|topic)_/.test(page) ? score + 10 : score),
};
