// The trials of a course, run some at a time: each is a child process, so what runs here only waits.
#include "maru/learn/verify.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "maru/base/error.h"
#include "maru/learn/verdict.h"

namespace maru::learn {
namespace {

constexpr LabLimits kClaimLimits{.seconds = 120, .memory_mb = 4096};

struct Job {
  Trial trial;
  const Lesson* lesson = nullptr;
  const Claim* claim = nullptr;
};

std::vector<Job> jobs_of(const std::vector<Lesson>& lessons, const std::vector<Claim>& claims, bool sabotage) {
  std::vector<Job> out;
  for (const Lesson& lesson : lessons) {
    std::vector<std::int64_t> seeds = {0};
    seeds.insert(seeds.end(), lesson.variants.begin(), lesson.variants.end());
    const auto add = [&](Trial::Kind kind, std::int64_t seed, const std::string& how) {
      out.push_back({{.kind = kind, .id = lesson.node.id, .sabotage = how, .seed = seed}, &lesson, nullptr});
    };
    for (const std::int64_t seed : seeds) {
      add(Trial::Kind::solution, seed, "");
      add(Trial::Kind::starter, seed, "");
    }
    for (const std::string& how : lesson.sabotage)
      if (sabotage) add(Trial::Kind::sabotaged, 0, how);
  }
  for (const Claim& claim : claims) out.push_back({{.kind = Trial::Kind::claim, .id = claim.id}, nullptr, &claim});
  return out;
}

Phrase trouble_words(const LabTrouble& trouble) {
  return phrase("{}:{}: {}: {}", trouble.file, trouble.line, trouble.type, trouble.message);
}

// A solution must pass, give every fact that is asked for beforehand, and show no misconception.
Phrase wrong_in_solution(const Lesson& lesson, const LabResult& run) {
  if (run.trouble) return trouble_words(*run.trouble);
  const Verdict verdict = judge(lesson.checks, lesson.diagnoses, run.facts);
  if (!verdict.pass) {
    const Comparison& holds = verdict.first_failed->holds;
    const Json measured = run.facts.contains(holds.fact) ? run.facts.at(holds.fact) : Json();
    return phrase("the solution fails {}: {} is {}, wanted {} {}", verdict.first_failed->id, holds.fact, fact_text(measured), holds.op,
        fact_text(holds.value));
  }
  for (const Prediction& one : lesson.predictions)
    if (!run.facts.contains(one.fact)) return phrase("the prediction {} asks for {}, which is not measured", one.id, one.fact);
  for (const Diagnosis& one : lesson.diagnoses)
    for (const Comparison& when : one.when)
      if (!run.facts.contains(when.fact)) return phrase("a misconception asks for {}, which is not measured", when.fact);
  for (const Diagnosis& one : lesson.diagnoses)
    if (std::all_of(one.when.begin(), one.when.end(), [&](const Comparison& when) { return holds(when, run.facts); }))
      return phrase("the solution is taken for a misconception: {}", one.say.en);
  return {};
}

Phrase wrong_in_claim(const Claim& claim, const LabResult& run) {
  if (run.trouble) return trouble_words(*run.trouble);
  const Verdict verdict = judge(claim.checks, {}, run.facts);
  if (!verdict.pass) return phrase("the experiment fails {}", verdict.first_failed->id);
  for (const std::string* text : {&claim.answer.ko, &claim.answer.en})
    if (filled(*text, run.facts).find('{') != std::string::npos)
        return phrase("the answer names a fact that is not measured: {}", filled(*text, run.facts));
  return {};
}

void run_job(Job& job, const Python& python, const VerifyOptions& options, const Cancel& cancel) {
  Trial& trial = job.trial;
  LabRun run{.seed = trial.seed, .sabotage = trial.sabotage};
  if (job.claim) {
    run.measure = job.claim->experiment;
    run.limits = kClaimLimits;
  } else {
    run.lab = trial.kind == Trial::Kind::starter ? job.lesson->starter : job.lesson->solution;
    run.measure = job.lesson->measure;
    run.limits = job.lesson->limits;
  }
  if (options.memory_mb) run.limits.memory_mb = options.memory_mb;
  const LabResult result = run_lab(python, run, &cancel);
  trial.run = true;
  trial.seconds = result.seconds;
  if (trial.kind == Trial::Kind::solution) trial.what = wrong_in_solution(*job.lesson, result);
  else if (trial.kind == Trial::Kind::claim) trial.what = wrong_in_claim(*job.claim, result);
  // A starter "runs, and fails": an exception before any fact would tell the learner nothing.
  else if (result.trouble) trial.what = trouble_words(*result.trouble);
  else if (judge(job.lesson->checks, {}, result.facts).pass)
    trial.what = trial.kind == Trial::Kind::starter ? phrase("the starter passes")
        : phrase("the solution passes although the engine is broken: {}", trial.sabotage);
  trial.right = trial.what.text.empty();
}

}  // namespace

std::string_view name_of(Trial::Kind kind) {
  switch (kind) {
    case Trial::Kind::solution: return "solution";
    case Trial::Kind::starter: return "starter";
    case Trial::Kind::sabotaged: return "sabotaged";
    case Trial::Kind::claim: return "claim";
  }
  return "";
}

std::vector<Trial> verify(const std::vector<Lesson>& lessons, const std::vector<Claim>& claims, const Python& python,
    const VerifyOptions& options,
                          const Cancel& cancel, const std::function<void(const Trial&, std::size_t, std::size_t)>& after) {
  std::vector<Job> jobs = jobs_of(lessons, claims, options.sabotage);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.seconds);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // guards done, problem and the calls of after
  std::size_t done = 0;
  std::exception_ptr problem;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      Job& job = jobs[i];
      try {
        if (std::chrono::steady_clock::now() < end) run_job(job, python, options, cancel);
        else job.trial.what = phrase("not run: the time is over");
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!problem) problem = std::current_exception();
        next = jobs.size();
        return;
      }
      const std::lock_guard lock(mutex);
      after(job.trial, ++done, jobs.size());
    }
  };
  {
    // Not the pool of base/: its threads compute, these only wait for children, and a child ends with the thread that began it.
    std::vector<std::jthread> threads;
    for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
    work();
  }
  if (problem) std::rethrow_exception(problem);
  std::vector<Trial> out;
  for (Job& job : jobs) out.push_back(std::move(job.trial));
  return out;
}

}  // namespace maru::learn
